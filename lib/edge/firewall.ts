import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2'
import type { Construct } from 'constructs'

/** Requests of one address in five minutes. A house full of people behind one address stays below this. */
const requestsPerAddress = 5_000

/**
 * The firewall in front of CloudFront. It has none of AWS's rules about the content of requests: people may write to
 * each other about SQL, scripts and exploits, and those rules would block such messages.
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
