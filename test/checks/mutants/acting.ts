import type { Draft } from '../draft.ts'
import { named } from './functions.ts'
import { mutant } from './mutant.ts'

const migration = 'Custom::QuickConnectSchema'
const upload = 'Custom::CDKBucketDeployment'
const role = 'AWS::IAM::Role'

/** Removes the dependencies on policies from the resource and from everything that it depends on. */
function forgetPolicies(draft: Draft, type: string): void {
  const { template } = draft.stacks.find(({ name }) => name.endsWith('-App'))!
  for (const resource of Object.values(template.Resources)) {
    const isBefore = ['AWS::Lambda::Function', 'AWS::Lambda::LayerVersion'].includes(resource.Type)
    if (resource.Type !== type && !isBefore) continue
    resource.DependsOn = (resource.DependsOn ?? []).filter((id) => !id.includes('Policy'))
  }
}

const trust = (draft: Draft, prefix: string) =>
  draft.the(role, (_, id) => id.startsWith(prefix)).Properties['AssumeRolePolicyDocument']
    .Statement[0]

/** Resources that act during a deploy, and their permissions. */
export const actingMutants = [
  mutant('migrations that run before they may', 'acting-waits', (draft) =>
    forgetPolicies(draft, migration),
  ),
  mutant('files of the site that are put before they may be', 'acting-waits', (draft) =>
    forgetPolicies(draft, upload),
  ),
  mutant('a queue that is read before it may be', 'acting-waits', (draft) =>
    forgetPolicies(draft, 'AWS::Lambda::EventSourceMapping'),
  ),
  mutant('migrations that CloudFormation does not wait for', 'acting-time', (draft) => {
    draft.the(migration).Properties['ServiceTimeout'] = '300'
  }),
  mutant('an upload that CloudFormation does not wait for', 'acting-time', (draft) => {
    draft.the(upload).Properties['ServiceTimeout'] = '60'
  }),
  mutant('a handler whose role Lambda may not assume', 'role-trust', (draft) => {
    trust(draft, 'sendmessageRole').Principal.Service = 'apigateway.amazonaws.com'
  }),
  mutant('a handler whose role another service may assume', 'role-trust', (draft) => {
    trust(draft, 'frameRole').Principal.Service = ['lambda.amazonaws.com', 'ec2.amazonaws.com']
  }),
  mutant('logs of the APIs whose role API Gateway may not assume', 'role-trust', (draft) => {
    trust(draft, 'GatewayLogsRole').Principal.Service = 'lambda.amazonaws.com'
  }),
  mutant('migrations whose hash stays when they change', 'migration-repeats', (draft) => {
    draft.the(migration).Properties['code'] = '1'
  }),
  mutant('migrations with the hash of another function', 'migration-repeats', (draft) => {
    const { Code } = draft.the('AWS::Lambda::Function', named('frame')).Properties
    draft.the(migration).Properties['code'] = String(Code.S3Key).slice(0, 16)
  }),
]
