import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configurationDoc } from '../../scripts/configuration-doc.ts';
import { ConfigError, readConfig } from '../../server/config.ts';

describe('the configuration', () => {
  it('has defaults for everything', () => {
    expect(readConfig({})).toEqual({
      databaseUrl: undefined,
      port: 4000,
      host: '127.0.0.1',
      dataDir: resolve('.assay'),
      adminKey: undefined,
      publicUrl: undefined,
      logLevel: 'info',
      databasePoolSize: 10,
      retentionDays: 90,
      processes: 2,
      maxBodyBytes: 5 * 1024 * 1024,
      ofrepRequestsPerSecond: 2000,
      secureCookies: false,
    });
  });

  it('counts an empty variable as absent', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: ' ' })).toEqual(readConfig({}));
  });

  it('sends cookies over https only when the public address is https, unless told otherwise', () => {
    const https = { ASSAY_PUBLIC_URL: 'https://assay.example.com/' };
    expect(readConfig(https)).toMatchObject({ publicUrl: 'https://assay.example.com', secureCookies: true });
    expect(readConfig({ ...https, ASSAY_SECURE_COOKIES: 'false' }).secureCookies).toBe(false);
    expect(readConfig({ ASSAY_SECURE_COOKIES: '1' }).secureCookies).toBe(true);
  });

  it('names every wrong variable at once, with what it must be', () => {
    const wrong = { PORT: '70000', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://x', ASSAY_ADMIN_KEY: 'short' };
    expect(() => readConfig(wrong)).toThrow(ConfigError);
    expect(() => readConfig(wrong)).toThrow(
      [
        'Some environment variables are wrong:',
        '  DATABASE_URL must look like postgres://user:password@host:5432/database',
        '  PORT must be a whole number from 0 to 65535',
        '  ASSAY_ADMIN_KEY must have 24 characters or more; make one with "openssl rand -hex 24"',
        '  LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
      ].join('\n'),
    );
  });

  it('is documented as it is: else run "npm run configuration-doc"', () => {
    const page = new URL('../../docs/configuration.md', import.meta.url);
    expect(readFileSync(page, 'utf8')).toBe(configurationDoc());
  });
});
