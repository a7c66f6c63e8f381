/** What events of one environment may name, from memory: the intake checks every event against it. */

export interface CataloguePhase {
  id: number;
  slotKey: string;
  mode: 'shadow' | 'canary' | 'ab' | 'bandit' | 'interleave' | 'holdout';
  assignment: 'hash' | 'external';
  /** ms since 1970. */
  startedAt: number;
  /** Variants of this phase by key. */
  variants: Map<string, { id: number; weight: number }>;
}

export interface EventCatalogue {
  environmentId: number;
  /** Slot id by slot key. */
  slots: Map<string, number>;
  /** Every phase that has started, by id; ended ones too, because late batches name them. */
  phases: Map<number, CataloguePhase>;
}

/** Gives the catalogue of an environment; `refresh` reads it anew, for a phase that this process has not heard of yet. */
export interface EventCatalogueSource {
  get(environmentId: number): Promise<EventCatalogue>;
  refresh(environmentId: number): Promise<EventCatalogue>;
}
