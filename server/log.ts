import pino, { type Logger } from 'pino';
import type { Config } from './config.ts';

/** JSON lines on standard output. */
export function createLog({ logLevel }: Pick<Config, 'logLevel'>): Logger {
  return pino({ level: logLevel, base: null });
}
