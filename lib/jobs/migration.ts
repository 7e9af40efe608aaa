import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CustomResource, Duration } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import type { Assets } from '../assets.ts'
import type { Database } from '../data/database.ts'
import type { StageSettings } from '../stage.ts'
import type { ChatFunction } from '../functions/chat-function.ts'
import { functionSettings } from '../functions/function-settings.ts'
import { hashOfBundle } from './bundle-hash.ts'

export interface MigrationProps {
  readonly stage: StageSettings
  readonly fn: ChatFunction
  readonly database: Database
  readonly assets: Assets
}

/** Brings the database to this release's schema in the course of a deploy, before anything that works with it. */
export class Migration extends Construct {
  private readonly run: CustomResource

  constructor(scope: Construct, id: string, { stage, fn, database, assets }: MigrationProps) {
    super(scope, id)
    database.grantMigrations(fn)
    this.run = new CustomResource(this, 'Run', {
      resourceType: 'Custom::QuickConnectSchema',
      serviceToken: fn.lambda.functionArn,
      // Lambda runs it again when its answer was lost: it takes up where it stopped, and answers in its own time.
      serviceTimeout: Duration.seconds(3 * functionSettings[fn.name].timeoutSeconds),
      // CloudFormation calls it again when one of these is another.
      properties: {
        // The migrations and the grants are in the bundle.
        code: hashOfBundle(join(assets.functions, fn.name)),
        // By these two the function sees that it is asked for what was applied before. Lambda gives each version
        // of a function a higher number. Only a rollback of CloudFormation goes back to a lower one.
        build: fn.lambda.currentVersion.version,
        migrations: migrationNames(),
        appSecret: `${database.appSecret.secretArn} ${stage.appSecretVersion ?? ''}`.trim(),
      },
    })
    // Its rights, too, have to be there.
    this.run.node.addDependency(fn)
  }

  /** A handler of this release never meets the schema of the one before. */
  precede(fn: ChatFunction): void {
    fn.lambda.node.addDependency(this.run)
  }
}

/** As in `0008-unread`: the files of the tables and indexes are numbered. */
function migrationNames(): string[] {
  return readdirSync(new URL('../../migrations/', import.meta.url))
    .filter((file) => /^\d{4}-/.test(file))
    .map((file) => file.replace(/\.ts$/, ''))
    .toSorted()
}
