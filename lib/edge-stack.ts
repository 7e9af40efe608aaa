import { ReferenceStrength, Stack, type StackProps } from 'aws-cdk-lib'
import {
  Certificate,
  CertificateValidation,
  type ICertificate,
} from 'aws-cdk-lib/aws-certificatemanager'
import type { Construct } from 'constructs'
import { createFirewall } from './edge/firewall.ts'
import { importHostedZone } from './edge/hosted-zone.ts'
import type { StageSettings } from './stage.ts'

export interface EdgeStackProps extends StackProps {
  readonly stage: StageSettings
}

/**
 * What CloudFront takes from us-east-1 alone, wherever the rest is: the certificate of the stage's own
 * names, and its firewall. It is there for a stage that asks for one of them.
 */
export class EdgeStack extends Stack {
  readonly certificate?: ICertificate
  readonly webAclArn?: string

  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    const { stage } = props
    super(scope, id, {
      description: `Quick Connect, ${stage.name}: what CloudFront has in us-east-1`,
      ...props,
    })
    if (stage.domain) {
      const certificate = new Certificate(this, 'Certificate', {
        domainName: stage.domain.name,
        subjectAlternativeNames: [stage.domain.adminName],
        validation: CertificateValidation.fromDns(importHostedZone(this, stage.domain)),
      })
      // By the name of an output: the other way between two Regions is two functions of the CDK's.
      certificate.applyCrossStackReferenceStrength(ReferenceStrength.WEAK)
      this.certificate = certificate
    }
    if (stage.hasFirewall) {
      const firewall = createFirewall(this)
      firewall.applyCrossStackReferenceStrength(ReferenceStrength.WEAK)
      this.webAclArn = firewall.attrArn
    }
  }
}
