import { functionEnvironments, readConfig } from './env.ts'
import { customResource } from './jobs/custom-resource.ts'
import { isGoingBack, migrate } from './jobs/migrate.ts'
import { migrationParts } from './parts/migration.ts'

/** Migrates the database to this release's schema. CloudFormation calls it before it deploys the other functions. */
export const handler = customResource('quick-connect-schema', async (event) => {
  // The schema is deleted with its database.
  if (event.RequestType === 'Delete') return
  if (event.RequestType === 'Update' && isGoingBack(event)) return
  await migrate(migrationParts(readConfig(functionEnvironments.migrate, process.env)))
})
