import { callableOf, functionOf } from '../chat-function.ts'
import { madeBefore } from '../dependencies.ts'
import type { Rule } from '../rule.ts'
import { permissionsFor } from './api-facts.ts'

export const permissionRules: readonly Rule[] = [
  {
    id: 'permission-source',
    refuses: 'a function that a service may call on behalf of anybody, or that everybody may call',
    of: 'AWS::Lambda::Permission',
    *check(permission, assembly) {
      const principal = permission.text('Principal') ?? ''
      const source = permission.text('SourceArn')
      if (source === undefined && permission.text('SourceAccount') === undefined) {
        yield `${principal} may call from anywhere: set SourceArn`
      }
      if (source !== undefined && /^[*]|:\*|^arn:[^/]*\*/.test(source)) {
        yield `SourceArn is ${source}: name the one thing that calls`
      }
      if (principal === '*') yield 'everybody may call: name the service'
      if (functionOf(permission.text('FunctionName') ?? '', assembly) === undefined) {
        yield `FunctionName is ${permission.text('FunctionName')}: no function of the stacks`
      }
    },
  },
  {
    id: 'rotation-permission',
    refuses: 'a rotation that Secrets Manager may not start, or not yet when it is set up',
    of: 'AWS::SecretsManager::RotationSchedule',
    *check(schedule, assembly) {
      const fn = callableOf(schedule.text('RotationLambdaARN') ?? '', assembly)
      if (fn === undefined) {
        yield `RotationLambdaARN is ${schedule.text('RotationLambdaARN')}: no function of the stacks`
        return
      }
      const permissions = permissionsFor(fn, 'secretsmanager.amazonaws.com', assembly)
      if (permissions.length === 0) {
        yield `Secrets Manager may not call ${fn.id}: add an AWS::Lambda::Permission`
      } else if (permissions.every((it) => !madeBefore(schedule).has(it))) {
        yield 'it does not wait for the permission, and is refused when it comes first: add a dependency'
      }
    },
  },
  {
    id: 'rule-permission',
    refuses: 'a schedule or event that may not call its function',
    of: 'AWS::Events::Rule',
    *check(rule, assembly) {
      for (const target of rule.each('Targets')) {
        const fn = callableOf(target.text('Arn') ?? '', assembly)
        if (fn !== undefined && permissionsFor(fn, 'events.amazonaws.com', assembly).length === 0) {
          yield `EventBridge may not call ${fn.id}: add an AWS::Lambda::Permission`
        }
      }
    },
  },
]
