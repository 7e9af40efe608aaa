import type { Resource } from '../assembly.ts'
import { find } from '../chat-function.ts'
import { attributeOf, pseudoParameter, Unresolvable } from '../resolve.ts'
import type { Need } from './need.ts'

/** Returns what a key of our own adds to the needs of a queue or a secret. AWS's own keys add nothing. */
export function keyNeeds(resource: Resource, actions: readonly string[]): Omit<Need, 'by'>[] {
  const key = resource.text('KmsMasterKeyId') ?? resource.text('KmsKeyId')
  if (key === undefined || key.startsWith('alias/aws/')) return []
  const found = find('AWS::KMS::Key', key, resource.stack.assembly)
  if (found === undefined) throw new Unresolvable(key, 'the key is in no stack')
  const service = resource.type === 'AWS::SQS::Queue' ? 'sqs' : 'secretsmanager'
  const region = pseudoParameter('AWS::Region', resource.stack)
  const context = { 'kms:ViaService': `${service}.${region}.amazonaws.com` }
  return actions.map((action) => ({ action, resource: attributeOf(found, 'Arn'), context }))
}
