import { SecretValue, Validations } from 'aws-cdk-lib'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { ChatFunction } from '../functions/chat-function.ts'
import type { StageSettings } from '../stage.ts'
import { allowReading } from './allow-reading.ts'

export interface OriginSecretProps {
  readonly stage: StageSettings
}

/**
 * The secret that CloudFront sends with each request. It proves to a handler that a request came through CloudFront.
 */
export class OriginSecret extends Construct {
  private readonly secret: Secret

  private readonly versionId: string | undefined

  constructor(scope: Construct, id: string, { stage }: OriginSecretProps) {
    super(scope, id)
    this.versionId = stage.originSecretVersion
    this.secret = new Secret(this, 'Secret', {
      description: 'Quick Connect: the header x-origin-secret, from CloudFront to the APIs',
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
    })
    Validations.of(this.secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'CloudFront reads the value only during a deploy: docs/deploy.md says how to change it',
    })
  }

  /** A dynamic reference: no template holds the value. */
  get value(): SecretValue {
    return SecretValue.secretsManager(this.secret.secretArn, { versionId: this.versionId })
  }

  grantRead(fn: ChatFunction): void {
    allowReading(fn, this.secret)
    fn.setEnvironment('ORIGIN_SECRET_ARN', this.secret.secretArn)
  }
}
