import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { ChatFunction } from '../functions/chat-function.ts'

/** Allows only the action that reads a secret. The CDK's `grantRead` would allow DescribeSecret as well. */
export function allowReading(fn: ChatFunction, secret: ISecret): void {
  fn.allow({ actions: ['secretsmanager:GetSecretValue'], resource: secret.secretArn })
}
