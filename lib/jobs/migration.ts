import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CustomResource, Duration } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import type { Assets } from '../assets.ts'
import type { ChatDatabase } from '../data/database.ts'
import type { StageSettings } from '../stage.ts'
import type { ChatFunction } from '../functions/chat-function.ts'
import { functionSettings } from '../functions/function-settings.ts'
import { hashOfBundle } from './bundle-hash.ts'

export interface MigrationProps {
  readonly stage: StageSettings
  readonly fn: ChatFunction
  readonly database: ChatDatabase
  readonly assets: Assets
}

/** Brings the database to this release's schema during a deploy, before anything that uses the database. */
export class MigrationResource extends Construct {
  private readonly run: CustomResource

  constructor(scope: Construct, id: string, { stage, fn, database, assets }: MigrationProps) {
    super(scope, id)
    database.grantMigrations(fn)
    this.run = new CustomResource(this, 'Run', {
      resourceType: 'Custom::QuickConnectSchema',
      serviceToken: fn.lambda.functionArn,
      // Lambda calls the function again when its answer was lost. The function then continues where it stopped, and
      // answers within its own time.
      serviceTimeout: Duration.seconds(3 * functionSettings[fn.name].timeoutSeconds),
      // CloudFormation calls the function again when one of these properties changes.
      properties: {
        // The bundle holds the migrations and the grants.
        code: hashOfBundle(join(assets.functions, fn.name)),
        // These two show the function that CloudFormation rolls back to an earlier release. Lambda gives each new
        // version of a function a higher number. Only a rollback of CloudFormation passes a lower one.
        build: fn.lambda.currentVersion.version,
        migrations: migrationNames(),
        appSecret: `${database.appSecret.secretArn} ${stage.appSecretVersion ?? ''}`.trim(),
      },
    })
    // The function needs its rights first.
    this.run.node.addDependency(fn)
  }

  /**
   * Makes a function wait for the migration, so that a handler of this release never meets the schema of the release
   * before.
   */
  precede(fn: ChatFunction): void {
    fn.lambda.node.addDependency(this.run)
  }
}

/** Names such as `0008-unread`. Only the files of tables and indexes are numbered. */
function migrationNames(): string[] {
  return readdirSync(new URL('../../migrations/', import.meta.url))
    .filter((file) => /^\d{4}-/.test(file))
    .map((file) => file.replace(/\.ts$/, ''))
    .toSorted()
}
