import { logActions, pollActions } from '../../functions/service-actions.ts'
import type { Resource } from '../assembly.ts'
import { type CheckedFunction, find, functionOf } from '../chat-function.ts'
import { attributeOf, Unresolvable } from '../resolve.ts'
import { needsOfCommand } from './command-needs.ts'
import { keyNeeds } from './key-needs.ts'
import type { Need } from './need.ts'

/** Everything that a function's role has to allow. */
export function needsOf(fn: CheckedFunction): Need[] {
  return [
    ...fn.commands.flatMap((command) =>
      needsOfCommand(fn, command).map((need) => ({ ...need, by: command })),
    ),
    ...logNeeds(fn),
    ...traceNeeds(fn),
    ...eventSourceNeeds(fn),
  ]
}

function logNeeds({ resource: fn }: CheckedFunction): Need[] {
  const name = fn.text('LoggingConfig', 'LogGroup')
  const group =
    name === undefined ? undefined : find('AWS::Logs::LogGroup', name, fn.stack.assembly)
  if (group === undefined) throw new Unresolvable(name, 'its log group is in no stack')
  return logActions.map((action) => ({
    action,
    resource: attributeOf(group, 'Arn'),
    by: 'its log',
  }))
}

/** X-Ray has no resources. The CDK grants these: nothing in lib lists them. */
function traceNeeds({ resource: fn }: CheckedFunction): Need[] {
  if (fn.text('TracingConfig', 'Mode') !== 'Active') return []
  return ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'].map((action) => ({
    action,
    resource: '*',
    by: 'its traces',
  }))
}

/** Lambda reads a queue as the function. */
function eventSourceNeeds({ resource: fn }: CheckedFunction): Need[] {
  return eventSourcesOf(fn).flatMap((source) => {
    const queue = find('AWS::SQS::Queue', source.text('EventSourceArn') ?? '', fn.stack.assembly)
    if (queue === undefined) throw new Unresolvable(source.id, 'what it reads is in no stack')
    return [
      ...pollActions.map((action) => ({ action, resource: attributeOf(queue, 'Arn') })),
      ...keyNeeds(queue, ['kms:Decrypt']),
    ].map((need) => ({ ...need, by: `the event source ${source.id}` }))
  })
}

function eventSourcesOf(fn: Resource): Resource[] {
  return fn.stack.assembly
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter((source) => functionOf(source.text('FunctionName') ?? '', fn.stack.assembly) === fn)
}
