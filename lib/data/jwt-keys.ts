import { Validations } from 'aws-cdk-lib'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { ChatFunction } from '../functions/chat-function.ts'
import { allowReading } from './allow-reading.ts'

/** The keys that sign and verify access tokens. */
export class JwtKeys extends Construct {
  private readonly secret: Secret

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.secret = new Secret(this, 'Secret', {
      description: 'Quick Connect: the keys that sign access tokens',
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ kid: 'first' }),
        generateStringKey: 'secret',
        passwordLength: 48,
        excludePunctuation: true,
      },
    })
    Validations.of(this.secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'changed by hand, as docs/operations.md says: two keys are good at the same time then',
    })
  }

  grantRead(fn: ChatFunction): void {
    allowReading(fn, this.secret)
    fn.setEnvironment('JWT_KEYS_SECRET_ARN', this.secret.secretArn)
  }
}
