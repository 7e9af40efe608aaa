import type { CloudFormationCustomResourceEvent } from 'aws-lambda'
import { startAwsEndpoint } from '../support/aws-endpoint.ts'

export const id = 'quick-connect-schema'

const ServiceToken = 'arn:aws:lambda:eu-central-1:000000000000:function:migrate'
const ResourceType = 'Custom::Schema'
/** The fields of its event that an answer repeats. */
const ids = {
  StackId: 'arn:aws:cloudformation:eu-central-1:000000000000:stack/QuickConnect-dev-App/1',
  RequestId: 'request-1',
  LogicalResourceId: 'Schema',
}

/**
 * Simulates the address at which CloudFormation waits. It first refuses with these statuses, then accepts an answer.
 */
export async function startCloudFormation(...statuses: number[]) {
  const answers: { headers: Record<string, unknown>; body: unknown }[] = []
  const endpoint = await startAwsEndpoint((body, { method, headers }) => {
    const status = statuses.shift() ?? 200
    if (status === 200) answers.push({ headers: { method, ...headers }, body: JSON.parse(body) })
    return { status }
  })
  const ResponseURL = `${endpoint.url}/answer?X-Amz-Signature=abc%2F`
  return {
    answers,
    /** Makes an event as CloudFormation does. */
    event(
      RequestType: 'Create' | 'Update' | 'Delete',
      properties: { from: object; to: object } = { from: {}, to: {} },
    ): CloudFormationCustomResourceEvent {
      const PhysicalResourceId = 'the one of an earlier answer'
      const ResourceProperties = { ServiceToken, ...properties.to }
      const common = { ...ids, ServiceToken, ResponseURL, ResourceType, ResourceProperties }
      if (RequestType === 'Create') return { RequestType, ...common }
      if (RequestType === 'Delete') return { RequestType, PhysicalResourceId, ...common }
      return {
        RequestType,
        PhysicalResourceId,
        OldResourceProperties: { ServiceToken, ...properties.from },
        ...common,
      }
    },
    [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
  }
}

/** Returns the answer that CloudFormation should get. */
export function answerOf(Status: string, Reason: string, PhysicalResourceId = id) {
  return { Status, Reason: `${Reason} (log stream stream-1)`, PhysicalResourceId, ...ids }
}

/** The context that Lambda passes to a function with this much time left. */
export const contextOf = (remainingMs: number) => {
  const endsAt = performance.now() + remainingMs
  return {
    logStreamName: 'stream-1',
    getRemainingTimeInMillis: () => endsAt - performance.now(),
  }
}
