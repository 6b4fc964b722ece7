"""A static website in a bucket, with a component for the pages and a CDN in front."""

import json

import pulumi
import pulumi_aws as aws


class Pages(pulumi.ComponentResource):
    def __init__(self, name, bucket, pages, opts=None):
        super().__init__("example:web:Pages", name, None, opts)
        self.objects = [
            aws.s3.BucketObjectv2(
                key,
                bucket=bucket.id,
                content=text,
                content_type="text/html",
                opts=pulumi.ResourceOptions(parent=self),
            )
            for key, text in pages.items()
        ]
        self.register_outputs({"keys": [page.key for page in self.objects]})


bucket = aws.s3.Bucket("site", tags={"purpose": "website"})
website = aws.s3.BucketWebsiteConfiguration(
    "site",
    bucket=bucket.id,
    index_document={"suffix": "index.html"},
    error_document={"key": "404.html"},
)
ownership = aws.s3.BucketOwnershipControls(
    "site", bucket=bucket.id, rule={"object_ownership": "ObjectWriter"}
)
access = aws.s3.BucketPublicAccessBlock("site", bucket=bucket.id, block_public_acls=False)
pages = Pages("pages", bucket, {"index.html": "<h1>Hello</h1>", "404.html": "<h1>Not here</h1>"})


def public_read(arn):
    statement = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": [f"{arn}/*"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


aws.s3.BucketPolicy(
    "site",
    bucket=bucket.id,
    policy=bucket.arn.apply(public_read),
    opts=pulumi.ResourceOptions(depends_on=[access, ownership]),
)
cdn = aws.cloudfront.Distribution(
    "cdn",
    enabled=True,
    origins=[
        {
            "origin_id": bucket.arn,
            "domain_name": website.website_endpoint,
            "custom_origin_config": {
                "origin_protocol_policy": "http-only",
                "http_port": 80,
                "https_port": 443,
                "origin_ssl_protocols": ["TLSv1.2"],
            },
        }
    ],
    default_root_object="index.html",
    default_cache_behavior={
        "target_origin_id": bucket.arn,
        "viewer_protocol_policy": "redirect-to-https",
        "allowed_methods": ["GET", "HEAD", "OPTIONS"],
        "cached_methods": ["GET", "HEAD", "OPTIONS"],
        "default_ttl": 600,
        "max_ttl": 600,
        "min_ttl": 600,
        "forwarded_values": {"query_string": True, "cookies": {"forward": "all"}},
    },
    price_class="PriceClass_100",
    restrictions={"geo_restriction": {"restriction_type": "none"}},
    viewer_certificate={"cloudfront_default_certificate": True},
)

pulumi.export("url", website.website_endpoint.apply(lambda host: f"http://{host}"))
pulumi.export("cdn", cdn.domain_name)
pulumi.export("bucket", bucket.id)
pulumi.export("regional", bucket.bucket_regional_domain_name)
