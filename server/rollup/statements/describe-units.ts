import type { ClientBase } from 'pg';
import { covariateOf } from './covariates.ts';
import { NUMBERING, numberSegments, segmentOf } from './segments.ts';

/** Units whose phase has segments or covariates, and who are new: only these carry attributes here. */
const DESCRIBED = `r.kind in ('new', 'new_mixed') and r.attributes is not null`;

/** Line 4: segments and covariates of new units, both fixed for good at the first exposure. */
export async function describeUnits(client: ClientBase): Promise<void> {
  await numberSegments(client, `select r.phase_id, r.attributes, r.first_at from roll_unit r where ${DESCRIBED}`);
  const covariate = covariateOf({
    unit: 'r.unit_id',
    environment: 'r.environment_id',
    phase: 'r.phase_id',
    firstAt: 'r.first_at',
    attributes: 'r.attributes',
    external: 'false', // external phases are computed by a rebuild
  });
  await client.query(
    `with ${NUMBERING}
     update roll_unit r set segment = d.segment, covariate = d.covariate
     from (
       select r.unit_id, r.phase_id, r.step, ${segmentOf('r.attributes')} as segment, ${covariate} as covariate
       from roll_unit r left join numbering g on g.phase_id = r.phase_id where ${DESCRIBED}
     ) d
     where d.unit_id = r.unit_id and d.phase_id = r.phase_id and d.step = r.step`,
  );
}
