import type { Assembly, Resource } from '../assembly.ts'
import { chatFunctions, find } from '../chat-function.ts'
import { attributeOf } from '../resolve.ts'
import type { Rule, StageToCheck } from '../rule.ts'

const groupType = 'AWS::Logs::LogGroup'

export function logRules({ isProtected, keepsData }: StageToCheck): readonly Rule[] {
  return [
    {
      id: 'log-retention',
      refuses: 'a log that is kept for ever, or for less than 30 days by a protected stage',
      of: groupType,
      *check(group) {
        const days = group.number('RetentionInDays')
        if (days === undefined) yield 'RetentionInDays is not set: set it'
        else if (isProtected && days < 30) {
          yield `RetentionInDays is ${days}: keep the logs of a protected stage for 30 days at least`
        }
      },
    },
    {
      id: 'log-kept',
      refuses:
        'a log of a handler or an API that is deleted with the stack of a stage that keeps its data',
      of: 'assembly',
      *checkAll(assembly) {
        if (!keepsData) return
        for (const group of [...functionLogs(assembly), ...accessLogs(assembly)]) {
          if (group.deletionPolicy !== 'Retain') {
            yield [group, `DeletionPolicy is ${group.deletionPolicy ?? 'not set'}: set Retain`]
          }
        }
      },
    },
    {
      id: 'access-log-name',
      refuses:
        'an access log with another name than /aws/vendedlogs/…: each such log adds to a policy of the account that has room for 5,120 characters',
      of: 'assembly',
      *checkAll(assembly) {
        for (const group of accessLogs(assembly)) {
          const name = group.text('LogGroupName')
          if (!name?.startsWith('/aws/vendedlogs/')) {
            yield [
              group,
              `LogGroupName is ${name ?? 'not set'}: begin the name with /aws/vendedlogs/`,
            ]
          }
        }
      },
    },
  ]
}

function functionLogs(assembly: Assembly): Resource[] {
  return chatFunctions(assembly).flatMap(({ resource }) => {
    const group = find(groupType, resource.text('LoggingConfig', 'LogGroup') ?? '', assembly)
    return group === undefined ? [] : [group]
  })
}

function accessLogs(assembly: Assembly): Resource[] {
  const destinations = new Set(
    assembly
      .ofType('AWS::ApiGatewayV2::Stage')
      .map((stage) => stage.text('AccessLogSettings', 'DestinationArn')?.replace(/:\*$/, '')),
  )
  return assembly
    .ofType(groupType)
    .filter((group) => destinations.has(attributeOf(group, 'Arn').replace(/:\*$/, '')))
}
