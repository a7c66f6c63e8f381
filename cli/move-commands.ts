import type { Command } from 'commander';
import type { Experiment, Transition } from '../server/contract/catalog.ts';
import type { Phase } from '../server/contract/phase-contract.ts';
import { path } from './admin-api.ts';
import { CliError, EXIT } from './cli-error.ts';
import { connectTo, globalOptions } from './connection.ts';
import { withNames } from './named-things.ts';
import { confirm } from './questions.ts';
import { print, printJson } from './terminal.ts';

interface MoveOptions {
  yes?: boolean;
  reason?: string;
  promote?: string;
}

interface Move {
  transition: Transition;
  description: string;
  /** The question before it, after "Experiment …:". */
  question: (experiment: Experiment, options: MoveOptions) => string;
  example: string;
}

const MOVES: Move[] = [
  {
    transition: 'start',
    description: 'start the first phase: assignment begins',
    question: ({ phases }) => `start ${phaseName(phases[0])} for real traffic?`,
    example: 'assay start new-ranker --reason "model card approved"',
  },
  {
    transition: 'pause',
    description: 'give everyone the champion; units keep their variant for later',
    question: () => 'pause it, so that everyone gets the champion?',
    example: 'assay pause new-ranker --yes',
  },
  {
    transition: 'resume',
    description: 'go on after a pause, with the same units',
    question: () => 'resume it?',
    example: 'assay resume new-ranker',
  },
  {
    transition: 'advance',
    description: 'end the running phase and start the next planned one',
    question: ({ phases }) => `start ${phaseName(phases.find(({ state }) => state === 'planned'))}?`,
    example: 'assay advance new-ranker --reason "canary passed"',
  },
  {
    transition: 'step',
    description: "take the canary's next step now; refused when a guardrail has failed",
    question: (experiment) => {
      const running = runningPhase(experiment);
      const next = running?.canary?.steps[running.step];
      return `take the next step${next ? `, to a share of ${next.share}` : ''}?`;
    },
    example: 'assay step new-ranker --reason "traffic is low tonight"',
  },
  {
    transition: 'hold',
    description: 'keep the canary at its step until it is released; needs --reason',
    question: () => 'hold the canary at its step?',
    example: 'assay hold new-ranker --reason "waiting for the weekly batch"',
  },
  {
    transition: 'release',
    description: 'let the held canary go on by itself',
    question: () => 'release the canary?',
    example: 'assay release new-ranker',
  },
  {
    transition: 'roll-back',
    description: 'end the running phase as rolled back: everyone gets the champion',
    question: (experiment) => `roll back ${phaseName(runningPhase(experiment))}? It cannot be resumed.`,
    example: 'assay roll-back new-ranker --yes --reason "error rate doubled"',
  },
  {
    transition: 'conclude',
    description: 'end the experiment, and make a variant the champion with --promote',
    question: (_, { promote }) =>
      promote === undefined ? 'conclude it and keep the champion?' : `conclude it and make "${promote}" the champion?`,
    example: 'assay conclude new-ranker --promote two-tower --reason "+2.1 % clicks"',
  },
];

/** One command a transition; the rules are the server's. */
export function addMoveCommands(program: Command): void {
  for (const move of MOVES) {
    const command = program
      .command(move.transition)
      .argument('<experiment>')
      .description(move.description)
      .option('--reason <text>', 'why, for the history')
      .option('-y, --yes', 'do not ask')
      .addHelpText('after', `\nExample:\n  $ ${move.example}`)
      .action((key: string, options: MoveOptions, called: Command) => run(move, key, options, called));
    if (move.transition === 'conclude') command.option('--promote <variant>', 'the new champion');
  }
}

async function run(move: Move, key: string, options: MoveOptions, command: Command): Promise<void> {
  const { transition } = move;
  const { yes, reason, promote } = options;
  if (transition === 'hold' && reason === undefined) {
    throw new CliError('A hold needs a reason, so that others know when to release it: add --reason "…".');
  }
  const api = await connectTo(command);
  const before = await withNames(api, 'experiment', key, () => api.get<Experiment>(path`/api/experiments/${key}`));
  refuseImpossible(before, transition);
  await confirm(`Experiment "${key}" on slot "${before.slot}": ${move.question(before, options)}`, yes);
  const after = await api.send<Experiment>('POST', path`/api/experiments/${key}/${transition}`, {
    ...(reason === undefined ? {} : { reason }),
    ...(promote === undefined ? {} : { promote }),
    // Refused when somebody, or a gate, has moved it since it was looked at.
    ...phaseSeen(before),
  });
  if (globalOptions(command).json) printJson(after);
  else print(`"${key}" is ${stateText(after)}.`);
}

/** In the server's words, before anybody is asked. */
function refuseImpossible({ key, transitions }: Experiment, transition: Transition): void {
  const obstacle = transitions.find((each) => each.transition === transition)?.obstacle ?? null;
  if (obstacle === null) return;
  const possible = transitions.filter((each) => each.obstacle === null).map((each) => each.transition);
  const way = possible.length > 0 ? `Possible now: ${possible.join(', ')}.` : 'Nothing can change it any more.';
  throw new CliError(`"${key}" cannot ${transition}: ${obstacle}. ${way}`, {
    exitCode: EXIT.refused,
    code: 'not_possible_now',
  });
}

const runningPhase = ({ phases }: Experiment): Phase | undefined => phases.find(({ state }) => state === 'running');

function phaseSeen(experiment: Experiment): { phase?: number } {
  const running = runningPhase(experiment);
  return running ? { phase: running.position } : {};
}

function phaseName(phase: Phase | undefined): string {
  if (!phase) return 'the next phase';
  const first = phase.canary?.steps[0];
  return `phase ${phase.position} (${phase.mode}${first ? `, beginning at a share of ${first.share}` : ''})`;
}

function stateText(experiment: Experiment): string {
  const running = runningPhase(experiment);
  if (experiment.state !== 'running' || !running) return experiment.state;
  const { canary, step, hold } = running;
  const ramp = canary ? `, step ${step} of ${canary.steps.length}${hold ? ', held' : ''}` : '';
  return `running: phase ${running.position} (${running.mode}${ramp})`;
}
