import { type IHostedZone, PublicHostedZone } from 'aws-cdk-lib/aws-route53'
import type { Construct } from 'constructs'
import type { Domain } from '../stage.ts'

/** Takes the zone's id and name from cdk.json. A lookup would need an account at synthesis. */
export function importHostedZone(scope: Construct, domain: Domain): IHostedZone {
  return PublicHostedZone.fromHostedZoneAttributes(scope, 'HostedZone', {
    hostedZoneId: domain.hostedZoneId,
    zoneName: domain.hostedZoneName,
  })
}
