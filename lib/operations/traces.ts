import { CfnSamplingRule } from 'aws-cdk-lib/aws-xray'
import type { Construct } from 'constructs'
import type { StageSettings } from '../stage.ts'

/** X-Ray's own rule takes 5 % of all calls: of a chat that is more than what its messages cost. */
const rate = 0.001

/** Traces one call of the stage's functions a second, and one in a thousand of the rest. */
export function sampleTraces(scope: Construct, { name }: StageSettings): void {
  new CfnSamplingRule(scope, 'Traces', {
    samplingRule: {
      ruleName: `QuickConnect-${name}`,
      priority: 1_000,
      version: 1,
      reservoirSize: 1,
      fixedRate: rate,
      // Functions are named after their stack.
      serviceName: `QuickConnect-${name}-*`,
      serviceType: 'AWS::Lambda::Function',
      host: '*',
      httpMethod: '*',
      urlPath: '*',
      resourceArn: '*',
    },
  })
}
