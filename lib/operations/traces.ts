import { CfnSamplingRule } from 'aws-cdk-lib/aws-xray'
import type { Construct } from 'constructs'
import type { StageSettings } from '../stage.ts'

/** X-Ray's default rule traces one call per second and 5 % of the rest. In a chat that costs as much as the calls. */
export const tracedShare = 0.01

/** Traces one in a hundred of the calls of the stage's functions. */
export function sampleTraces(scope: Construct, { name }: StageSettings): void {
  new CfnSamplingRule(scope, 'Traces', {
    samplingRule: {
      ruleName: `QuickConnect-${name}`,
      priority: 1_000,
      version: 1,
      reservoirSize: 0,
      fixedRate: tracedShare,
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
