import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Assets } from './assets.ts'
import { ChatDatabase } from './data/database.ts'
import { JwtKeysSecret } from './data/jwt-keys.ts'
import { OriginSecret } from './data/origin-secret.ts'
import { ChatFunction } from './functions/chat-function.ts'
import type { StageSettings } from './stage.ts'

export interface DataStackProps extends StackProps {
  readonly stage: StageSettings
  readonly assets: Assets
}

/** Everything that has to be kept: the database and the secrets. */
export class DataStack extends Stack {
  readonly database: ChatDatabase
  readonly jwtKeys: JwtKeysSecret
  readonly originSecret: OriginSecret
  readonly rotation: ChatFunction

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, {
      description: `Quick Connect, ${props.stage.name}: database and secrets`,
      terminationProtection: props.stage.isProtected,
      ...props,
    })
    this.database = new ChatDatabase(this, 'Database', props)
    this.rotation = new ChatFunction(this, 'rotate-jwt-keys', { name: 'rotate-jwt-keys', ...props })
    this.jwtKeys = new JwtKeysSecret(this, 'JwtKeys', { rotation: this.rotation })
    this.originSecret = new OriginSecret(this, 'OriginSecret', props)

    // scripts/create-admin.sh reads these.
    new CfnOutput(this, 'ClusterArn', { value: this.database.cluster.clusterArn })
    new CfnOutput(this, 'AppSecretArn', { value: this.database.appSecret.secretArn })
    new CfnOutput(this, 'DatabaseName', { value: this.database.name })
  }
}
