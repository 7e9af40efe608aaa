import type { Draft, Json, Resource } from '../draft.ts'
import { mutant } from './mutant.ts'

const policyType = 'AWS::IAM::Policy'
const roleType = 'AWS::IAM::Role'

const of = (name: string) => (_: Resource, id: string) => id.startsWith(`${name}Role`)

/** Returns the statements of the role of `sendmessage`. */
function statements(draft: Draft): Record<string, Json>[] {
  return draft.the(policyType, of('sendmessage')).Properties['PolicyDocument'].Statement
}

/** Returns the statement that has an action, with its actions as a list. */
function statementOf(draft: Draft, action: string): Record<string, Json> {
  const found = statements(draft).find((it) => [it['Action']].flat().includes(action))
  if (found === undefined) throw new Error(`no statement has ${action}`)
  found['Action'] = [found['Action']].flat()
  return found
}

function replaceAction(draft: Draft, action: string, ...by: string[]): void {
  const statement = statementOf(draft, action)
  statement['Action'].splice(statement['Action'].indexOf(action), 1, ...by)
}

export const iamMutants = [
  mutant('an action that the code needs is missing', 'iam-needed', (draft) =>
    replaceAction(draft, 'rds-data:CommitTransaction'),
  ),
  mutant('an action misspelt', 'iam-needed', (draft) =>
    replaceAction(draft, 'rds-data:ExecuteStatement', 'rds-data:ExecuteStatment'),
  ),
  mutant('an action of a service that does not exist', 'iam-action-unknown', (draft) =>
    replaceAction(draft, 'rds-data:ExecuteStatement', 'rdsdata:ExecuteStatement'),
  ),
  mutant('another action than the one needed', 'iam-needed', (draft) =>
    replaceAction(draft, 'secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'),
  ),
  mutant('an action that nothing needs', 'iam-wider', (draft) =>
    replaceAction(
      draft,
      'rds-data:ExecuteStatement',
      'rds-data:ExecuteStatement',
      'rds-data:BatchExecuteStatement',
    ),
  ),
  mutant('all actions of a service', 'iam-wider', (draft) =>
    replaceAction(draft, 'rds-data:ExecuteStatement', 'rds-data:*'),
  ),
  mutant('the secret of another', 'iam-needed', (draft) => {
    const secrets = statementOf(draft, 'secretsmanager:GetSecretValue')
    const other = draft.the(policyType, of('api')).Properties['PolicyDocument'].Statement
    const theirs = other.find((it: Record<string, unknown>) =>
      [it['Action']].flat().includes('secretsmanager:GetSecretValue'),
    )
    secrets['Resource'] = [theirs['Resource']]
      .flat()
      .find((it: unknown) => JSON.stringify(it) !== JSON.stringify(secrets['Resource']))
  }),
  mutant('all secrets', 'iam-wider', (draft) => {
    statementOf(draft, 'secretsmanager:GetSecretValue')['Resource'] = '*'
  }),
  mutant('sockets of all stages', 'iam-wider', (draft) => {
    const statement = statementOf(draft, 'execute-api:ManageConnections')
    statement['Resource'] = JSON.parse(
      JSON.stringify(statement['Resource']).replaceAll('/live/', '/*/'),
    )
  }),
  mutant('sockets of another stage', 'iam-needed', (draft) => {
    const statement = statementOf(draft, 'execute-api:ManageConnections')
    statement['Resource'] = JSON.parse(
      JSON.stringify(statement['Resource']).replaceAll('/live/', '/love/'),
    )
  }),
  mutant('an explicit deny', 'iam-needed', (draft) => {
    statements(draft).push({ Effect: 'Deny', Action: 'rds-data:Execute*', Resource: '*' })
  }),
  mutant('a condition that is never met', 'iam-needed', (draft) => {
    statementOf(draft, 'rds-data:ExecuteStatement')['Condition'] = {
      StringEquals: { 'aws:PrincipalTag/stage': 'test' },
    }
  }),
  mutant('a policy of AWS that allows everything', 'iam-needed', (draft) => {
    draft.the(roleType, of('sendmessage')).Properties['ManagedPolicyArns'] = [
      'arn:aws:iam::aws:policy/AdministratorAccess',
    ]
  }),
  mutant('a policy inside of the role', 'iam-wider', (draft) => {
    draft.the(roleType, of('sendmessage')).Properties['Policies'] = [
      {
        PolicyName: 'more',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: 'sqs:PurgeQueue',
              Resource: 'arn:aws:sqs:eu-west-1:111122223333:other',
            },
          ],
        },
      },
    ]
  }),
  mutant('a policy of another role', 'iam-wider', (draft) => {
    draft
      .the(policyType, of('api'))
      .Properties['Roles'].push({ Ref: draft.idOf(roleType, of('sendmessage')) })
  }),
  mutant('a role that anybody may take', 'policy-for-everybody', (draft) => {
    draft.the(roleType, of('sendmessage')).Properties[
      'AssumeRolePolicyDocument'
    ].Statement[0].Principal = { AWS: '*' }
  }),
  mutant('no policy', 'iam-needed', (draft) => draft.remove(policyType, of('sendmessage'))),
  mutant('a log into any group', 'iam-wider', (draft) => {
    statementOf(draft, 'logs:PutLogEvents')['Resource'] = 'arn:aws:logs:*:*:*'
  }),
  mutant('a role for nobody that we know', 'iam-foreign-role', (draft) =>
    draft.addBeside(roleType, 'Somebody', {
      Type: roleType,
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: 'sts:AssumeRole',
              Principal: { Service: 'ec2.amazonaws.com' },
            },
          ],
        },
      },
    }),
  ),
  mutant('a policy of a form that nothing here evaluates', 'iam-needed', (draft) => {
    const statement = statementOf(draft, 'rds-data:ExecuteStatement')
    statement['NotAction'] = 'rds-data:ExecuteSql'
    delete statement['Action']
  }),
]
