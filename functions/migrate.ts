import { createMigrationDatabase } from '../src/aws/migration-database.ts'
import { functionEnvironments, readConfig } from './env.ts'
import { readAppSecret } from './jobs/app-secret.ts'
import { customResource } from './jobs/custom-resource.ts'
import { isGoingBack, migrate } from './jobs/migrate.ts'
import { createLog } from './log.ts'

/** Migrates the database to this release's schema. CloudFormation calls it before it deploys the other functions. */
export const handler = customResource('quick-connect-schema', async (event) => {
  // The schema is deleted with its database.
  if (event.RequestType === 'Delete') return
  if (event.RequestType === 'Update' && isGoingBack(event)) return
  const config = readConfig(functionEnvironments.migrate, process.env)
  await migrate({
    db: createMigrationDatabase({
      resourceArn: config.DATABASE_ARN,
      secretArn: config.DATABASE_SECRET_ARN,
      database: config.DATABASE_NAME,
    }),
    readAppSecret: () => readAppSecret(config.APP_SECRET_ARN),
    log: createLog(config.LOG_LEVEL),
  })
})
