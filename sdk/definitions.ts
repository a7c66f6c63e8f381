/** What a typed client knows of a server's slots and outcomes; `assay types` writes it from the live definitions. */
export interface Definitions {
  /** By slot key. */
  slots: Record<string, SlotDefinition>;
  /** Union of the names of outcomes. */
  outcomes: string;
}

export interface SlotDefinition {
  output: 'value' | 'ranking';
  /** Union of the keys of its variants. */
  variants: string;
  /** What a variant of it may carry. */
  payload: unknown;
}

/** `Extract` and not `&`: the compiler's messages then list the keys. */
export type SlotKey<D extends Definitions> = Extract<keyof D['slots'], string>;

/** Slots whose output is a ranking: those that `rank` takes. */
export type RankingKey<D extends Definitions> = {
  [Slot in SlotKey<D>]: D['slots'][Slot] extends { output: 'value' } ? never : Slot;
}[SlotKey<D>];

export type VariantKey<D extends Definitions, Slot extends SlotKey<D>> = D['slots'][Slot]['variants'];

export type PayloadOf<D extends Definitions, Slot extends SlotKey<D>> = D['slots'][Slot]['payload'];
