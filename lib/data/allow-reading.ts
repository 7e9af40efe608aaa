import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { ChatFunction } from '../functions/chat-function.ts'

/** The one action that reads a secret; `grantRead` gives DescribeSecret as well. */
export function allowReading(fn: ChatFunction, secret: ISecret): void {
  fn.allow({ actions: ['secretsmanager:GetSecretValue'], resource: secret.secretArn })
}
