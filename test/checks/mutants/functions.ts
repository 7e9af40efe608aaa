import type { Draft, Resource } from '../draft.ts'
import { mutant } from './mutant.ts'

const lambda = 'AWS::Lambda::Function'

/** A Lambda function, by what the CDK makes of its name. */
export const named = (name: string) => (_: Resource, id: string) => id.startsWith(`${name}Function`)

const properties = (draft: Draft) => draft.the(lambda, named('sendmessage')).Properties
const environment = (draft: Draft) => properties(draft)['Environment'].Variables

export const functionMutants = [
  mutant('a handler whose file is not in the asset', 'function-handler', (draft) => {
    properties(draft)['Handler'] = 'main.handler'
  }),
  mutant('a handler that its file does not export', 'function-handler', (draft) => {
    properties(draft)['Handler'] = 'index.handle'
  }),
  mutant('the code of another function', 'function-missing', (draft) => {
    properties(draft)['Code'] = draft.the(lambda, named('frame')).Properties['Code']
  }),
  mutant(
    'a function that may take longer than API Gateway waits',
    'integration-timeout',
    (draft) => {
      properties(draft)['Timeout'] = 60
    },
  ),
  mutant('a variable that belongs to Lambda', 'environment-reserved', (draft) => {
    environment(draft)['AWS_REGION'] = 'eu-west-1'
  }),
  mutant('an environment over 4 KB', 'environment-size', (draft) => {
    environment(draft)['ALLOWED_ORIGINS'] = 'https://chat.example.org,'.repeat(160)
  }),
  mutant('a secret in plain text', 'environment-secret', (draft) => {
    environment(draft)['DATABASE_PASSWORD'] = 'correct horse battery staple'
  }),
  mutant('a secret read into the environment', 'environment-secret', (draft) => {
    environment(draft)['LOG_LEVEL'] = '{{resolve:secretsmanager:some-secret:SecretString:key}}'
  }),
  mutant('a variable that the code needs is missing', 'environment-read', (draft) => {
    delete environment(draft)['DATABASE_ARN']
  }),
  mutant('a variable that nothing reads', 'environment-read', (draft) => {
    environment(draft)['MESSAGES_PER_MINUTES'] = '100'
  }),
  mutant('a variable with a value that is refused', 'environment-read', (draft) => {
    environment(draft)['LOG_LEVEL'] = 'VERBOSE'
  }),
  mutant('reserved concurrency', 'function-concurrency', (draft) => {
    properties(draft)['ReservedConcurrentExecutions'] = 50
  }),
  mutant('a function in the VPC', 'function-network', (draft) => {
    properties(draft)['VpcConfig'] = {
      SubnetIds: ['subnet-0123456789abcdef0'],
      SecurityGroupIds: ['sg-0123456789abcdef0'],
    }
  }),
  mutant('a log group of another name', 'function-log', (draft) => {
    properties(draft)['LoggingConfig'].LogGroup = '/aws/lambda/sendmessages'
  }),
  mutant('a log that is kept for ever', 'log-retention', (draft) => {
    delete draft.the('AWS::Logs::LogGroup').Properties['RetentionInDays']
  }),
  mutant('a log that prod keeps for a week', 'log-retention', (draft) => {
    draft.the('AWS::Logs::LogGroup').Properties['RetentionInDays'] = 7
  }),
  mutant('a log of a handler that goes with its stack', 'log-kept', (draft) => {
    draft.the('AWS::Logs::LogGroup', (_, id) => id.startsWith('sendmessageLogs')).DeletionPolicy =
      'Delete'
  }),
  mutant('a log of an API that goes with its stack', 'log-kept', (draft) => {
    draft.the('AWS::Logs::LogGroup', (_, id) => id.includes('AccessLog')).DeletionPolicy = 'Delete'
  }),
  mutant('an access log that wears out a policy of the account', 'access-log-name', (draft) => {
    const log = draft.the('AWS::Logs::LogGroup', (_, id) => id.includes('AccessLog'))
    delete log.Properties['LogGroupName']
  }),
  mutant('a schedule that keeps the database awake', 'function-schedule', (draft) => {
    const fn = draft.idOf(lambda, named('disconnect'))
    draft.addBeside('AWS::ApiGatewayV2::Api', 'Sweep', {
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: 'rate(5 minutes)',
        State: 'ENABLED',
        Targets: [{ Id: 'Target', Arn: { 'Fn::GetAtt': [fn, 'Arn'] } }],
      },
    })
  }),
  mutant('an event that may not call its function', 'rule-permission', (draft) => {
    const fn = draft.idOf(lambda, named('disconnect'))
    draft.addBeside('AWS::ApiGatewayV2::Api', 'OnEvent', {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: ['aws.rds'] },
        State: 'ENABLED',
        Targets: [{ Id: 'Target', Arn: { 'Fn::GetAtt': [fn, 'Arn'] } }],
      },
    })
  }),
  mutant('another processor', 'function-runtime', (draft) => {
    properties(draft)['Architectures'] = ['x86_64']
  }),
  mutant('a runtime that Lambda no longer makes', undefined, (draft) => {
    properties(draft)['Runtime'] = 'nodejs18.x'
  }),
]
