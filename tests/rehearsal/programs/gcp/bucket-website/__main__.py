"""A static website in a bucket."""

import pulumi
from pulumi_gcp import storage

bucket = storage.Bucket(
    "site",
    location="US",
    website=storage.BucketWebsiteArgs(main_page_suffix="index.html", not_found_page="404.html"),
    uniform_bucket_level_access=True,
    force_destroy=True,
)

storage.BucketIAMBinding(
    "site-public",
    bucket=bucket.name,
    role="roles/storage.objectViewer",
    members=["allUsers"],
)

for page in ("index.html", "404.html"):
    storage.BucketObject(
        page,
        name=page,
        bucket=bucket.name,
        content_type="text/html",
        source=pulumi.FileAsset(f"www/{page}"),
    )

pulumi.export("bucket_name", bucket.url)
pulumi.export("website", pulumi.Output.concat("http://storage.googleapis.com/", bucket.name, "/index.html"))
