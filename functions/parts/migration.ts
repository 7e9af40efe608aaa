import { createMigrationDatabase } from '../../src/aws/migration-database.ts'
import type { FunctionConfig } from '../env.ts'
import { readAppSecret } from '../jobs/app-secret.ts'
import type { MigrateParts } from '../jobs/migrate.ts'
import { createLog } from '../log.ts'

/** The parts of the function that migrates the database, as the database's owner. */
export function migrationParts(config: FunctionConfig<'migrate'>): MigrateParts {
  return {
    db: createMigrationDatabase({
      resourceArn: config.DATABASE_ARN,
      secretArn: config.DATABASE_SECRET_ARN,
      database: config.DATABASE_NAME,
    }),
    readAppSecret: () => readAppSecret(config.APP_SECRET_ARN),
    log: createLog(config.LOG_LEVEL),
  }
}
