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

/** What CloudFront takes from the stacks in us-east-1. */
export interface Edge {
  readonly certificate?: ICertificate | undefined
  readonly webAclArn?: string | undefined
}

/*
 * CloudFront takes a certificate and a firewall from us-east-1 alone, wherever the rest is. Each has a stack of
 * its own. A stack without resources is deleted by `cdk deploy`: so a stack goes when the setting goes that it
 * is for. By then the app stack has let go of what is in it (lib/create-stacks.ts).
 */

/** The certificate of the stage's own names. Empty for a stage without them. */
export class CertificateStack extends Stack {
  readonly certificate?: ICertificate

  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    const { stage } = props
    super(scope, id, {
      description: `Quick Connect, ${stage.name}: the certificate of its names`,
      ...props,
    })
    if (!stage.domain) return
    const certificate = new Certificate(this, 'Certificate', {
      domainName: stage.domain.name,
      subjectAlternativeNames: [stage.domain.adminName],
      validation: CertificateValidation.fromDns(importHostedZone(this, stage.domain)),
    })
    // By the name of an output: the other way between two Regions is two functions of the CDK's.
    certificate.applyCrossStackReferenceStrength(ReferenceStrength.WEAK)
    this.certificate = certificate
  }
}

/** The firewall in front of both distributions. Empty for a stage without one. */
export class FirewallStack extends Stack {
  readonly webAclArn?: string

  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    const { stage } = props
    super(scope, id, { description: `Quick Connect, ${stage.name}: the firewall`, ...props })
    if (!stage.hasFirewall) return
    const firewall = createFirewall(this)
    firewall.applyCrossStackReferenceStrength(ReferenceStrength.WEAK)
    this.webAclArn = firewall.attrArn
  }
}
