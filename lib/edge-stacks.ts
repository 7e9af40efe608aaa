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

/** What CloudFront uses from the stacks in us-east-1. */
export interface Edge {
  readonly certificate?: ICertificate | undefined
  readonly webAclArn?: string | undefined
}

/*
 * CloudFront takes certificates and firewalls from us-east-1 alone, wherever the other stacks are. Each of the two has
 * a stack of its own. `cdk deploy` deletes a stack without resources. So a stack disappears when its setting is
 * removed. By then the app stack has stopped using its resources (lib/create-stacks.ts).
 */

/** The certificate for the stage's own host names. The stack is empty for a stage without them. */
export class CertificateStack extends Stack {
  readonly certificate?: ICertificate

  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    const { stage } = props
    super(scope, id, {
      description: `Quick Connect, ${stage.name}: the certificate of its host names`,
      ...props,
    })
    if (!stage.domain) return
    const certificate = new Certificate(this, 'Certificate', {
      domainName: stage.domain.name,
      subjectAlternativeNames: [stage.domain.adminName],
      validation: CertificateValidation.fromDns(importHostedZone(this, stage.domain)),
    })
    // Passes the value by the name of an output. The CDK's other way between two Regions adds two functions of its own.
    certificate.applyCrossStackReferenceStrength(ReferenceStrength.WEAK)
    this.certificate = certificate
  }
}

/** The firewall in front of both distributions. The stack is empty for a stage without one. */
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
