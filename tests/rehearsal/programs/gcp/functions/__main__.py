"""Cloud Functions of both generations from a folder of source code."""

import pulumi
from pulumi_gcp import cloudfunctions, cloudfunctionsv2, storage

bucket = storage.Bucket("source", location="US", force_destroy=True)

archive = storage.BucketObject(
    "code",
    bucket=bucket.name,
    source=pulumi.AssetArchive({".": pulumi.FileArchive("./function")}),
)

function = cloudfunctions.Function(
    "greeter",
    entry_point="handler",
    region="us-central1",
    runtime="python311",
    source_archive_bucket=bucket.name,
    source_archive_object=archive.name,
    trigger_http=True,
    environment_variables={"DESTINATION": "World"},
)

cloudfunctions.FunctionIamMember(
    "greeter-invoker",
    project=function.project,
    region=function.region,
    cloud_function=function.name,
    role="roles/cloudfunctions.invoker",
    member="allUsers",
)

second = cloudfunctionsv2.Function(
    "second",
    location="us-central1",
    build_config=cloudfunctionsv2.FunctionBuildConfigArgs(
        runtime="python311",
        entry_point="handler",
        source=cloudfunctionsv2.FunctionBuildConfigSourceArgs(
            storage_source=cloudfunctionsv2.FunctionBuildConfigSourceStorageSourceArgs(
                bucket=bucket.name, object=archive.name
            ),
        ),
    ),
    service_config=cloudfunctionsv2.FunctionServiceConfigArgs(max_instance_count=1, available_memory="256M"),
)

pulumi.export("url", function.https_trigger_url)
pulumi.export("uri", second.service_config.uri)
