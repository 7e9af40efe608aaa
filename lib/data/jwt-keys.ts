import { Stack } from 'aws-cdk-lib'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnRotationSchedule, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { ChatFunction } from '../functions/chat-function.ts'
import { allowReading } from './allow-reading.ts'

export interface JwtKeysProps {
  /** Makes a new key, puts it before the others, and removes the oldest one. */
  readonly rotation: ChatFunction
}

/**
 * A token lives for 15 minutes, so an old key could go after an hour. The rotation guards against keys that were
 * leaked.
 */
const rotationDays = 30

/** The keys that sign and verify access tokens. */
export class JwtKeysSecret extends Construct {
  private readonly secret: Secret

  constructor(scope: Construct, id: string, { rotation }: JwtKeysProps) {
    super(scope, id)
    this.secret = new Secret(this, 'Secret', {
      description: 'Quick Connect: the keys that sign access tokens',
      // There is one key at first, so that the chat works before the first rotation. The template of a generated secret
      // cannot hold a list.
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ kid: 'first' }),
        generateStringKey: 'secret',
        passwordLength: 48,
        excludePunctuation: true,
      },
    })
    rotation.allow({
      actions: [
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
      ],
      resource: this.secret.secretArn,
    })
    rotation.lambda.addPermission('Rotation', {
      principal: new ServicePrincipal('secretsmanager.amazonaws.com'),
      sourceAccount: Stack.of(this).account,
    })
    // `addRotationSchedule` would also allow the function to make random passwords.
    const schedule = new CfnRotationSchedule(this, 'Rotation', {
      secretId: this.secret.secretArn,
      rotationLambdaArn: rotation.lambda.functionArn,
      rotationRules: { automaticallyAfterDays: rotationDays },
    })
    // The first rotation begins at once.
    schedule.node.addDependency(rotation)
  }

  grantRead(fn: ChatFunction): void {
    allowReading(fn, this.secret)
    fn.setEnvironment('JWT_KEYS_SECRET_ARN', this.secret.secretArn)
  }
}
