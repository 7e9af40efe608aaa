import type { Properties, Resource } from '../assembly.ts'
import type { Rule } from '../rule.ts'

export const resourcePolicyRules: readonly Rule[] = [
  {
    id: 'policy-for-everybody',
    refuses:
      'a resource that everybody may use, or a service on behalf of anybody, or with all actions',
    of: [
      'AWS::S3::BucketPolicy',
      'AWS::SQS::QueuePolicy',
      'AWS::SecretsManager::ResourcePolicy',
      'AWS::SNS::TopicPolicy',
      'AWS::KMS::Key',
      'AWS::IAM::Role',
    ],
    *check(resource) {
      for (const statement of documentsOf(resource).flatMap((it) => it.each('Statement'))) {
        if (statement.text('Effect') !== 'Allow') continue
        const principal = JSON.stringify(statement.value('Principal') ?? '*')
        if (principal.includes('"*"')) yield 'a statement allows everybody: name the principal'
        const actions = statement.texts('Action')
        // A key's own account administers it: without that nobody could.
        const isAdministration = principal.includes(':root')
        const wide = actions.filter((action) => action === '*' || action.endsWith(':*'))
        if (wide.length > 0 && !isAdministration) {
          yield `a statement allows ${wide.join(', ')}: name the actions`
        }
        const isService = principal.includes('.amazonaws.com"')
        if (
          isService &&
          resource.type !== 'AWS::IAM::Role' &&
          statement.value('Condition') === undefined
        ) {
          yield 'a service is allowed on behalf of anybody: add a condition on aws:SourceArn'
        }
      }
    },
  },
]

const documents = ['PolicyDocument', 'ResourcePolicy', 'KeyPolicy', 'AssumeRolePolicyDocument']

function documentsOf(resource: Resource): Properties[] {
  return documents.flatMap((name) => resource.each(name))
}
