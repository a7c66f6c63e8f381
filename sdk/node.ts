/** What needs Node: a disk, a ruleset from a file, and the end of a process. */

export { type DiskOptions, disk } from './node-disk.ts';
export { rulesetFile } from './node-ruleset-file.ts';
export { closeOnSignal } from './node-signal.ts';
