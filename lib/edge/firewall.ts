import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2'
import type { Construct } from 'constructs'

/** Of one address, in five minutes: a house full of people stays below, behind one address. */
const requestsPerAddress = 5_000

/**
 * What CloudFront lets nobody past with. AWS's rules about what is in a request are left out: people may
 * write to each other about SQL, scripts and exploits, and these would block the message.
 */
export function createFirewall(scope: Construct): CfnWebACL {
  const rule = (name: string, priority: number) => ({
    name,
    priority,
    visibilityConfig: visible(name),
  })
  return new CfnWebACL(scope, 'Firewall', {
    scope: 'CLOUDFRONT',
    defaultAction: { allow: {} },
    visibilityConfig: visible('Firewall'),
    rules: [
      {
        ...rule('AddressesOfIllRepute', 0),
        overrideAction: { none: {} },
        statement: {
          managedRuleGroupStatement: {
            vendorName: 'AWS',
            name: 'AWSManagedRulesAmazonIpReputationList',
          },
        },
      },
      {
        ...rule('RequestsPerAddress', 1),
        action: { block: {} },
        statement: {
          rateBasedStatement: {
            aggregateKeyType: 'IP',
            limit: requestsPerAddress,
            evaluationWindowSec: 300,
          },
        },
      },
    ],
  })
}

function visible(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true }
}
