import { defineConfig } from 'drizzle-kit';

/** `npx drizzle-kit generate --name what-changed` writes the next migration; `--custom` an empty one to fill by hand. */
export default defineConfig({
  dialect: 'postgresql',
  schema: [
    './server/db/schema.ts',
    './server/db/audience-schema.ts',
    './server/db/phase-inputs-schema.ts',
    './server/db/access-schema.ts',
  ],
  out: './migrations',
});
