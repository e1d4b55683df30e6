# An SPDX 2.3 document of the program, from parts.json (the input) and what its linker and its loader say:
# $linked and $needed (names, one a line), $versions of the parts, the program's $version and $sha256, $created (RFC 3339).
def lines: split("\n") | map(select(. != ""));
def id: "SPDXRef-" + gsub("[^A-Za-z0-9.-]"; "-");

def static_parts:
  . as $parts | ($linked | lines) as $objects |
  ($objects - [$parts.static[].objects[]]) as $unknown |
  if $unknown != [] then error("no licence is known of \($unknown | join(", ")): add it to parts.json") else . end |
  [$parts.static[] | select(.objects - (.objects - $objects) != [])];

def shared_parts:
  . as $parts | ($needed | lines) as $libraries |
  ($libraries - [$parts.shared[].library]) as $unknown |
  if $unknown != [] then error("no package is known of \($unknown | join(", ")): add it to parts.json") else . end |
  [$parts.shared[] | select(.library as $one | $libraries | index($one))] | group_by(.package) |
  map({package: .[0].package, licence: .[0].licence, libraries: map(.library)});

static_parts as $static | shared_parts as $shared |
{
  spdxVersion: "SPDX-2.3",
  dataLicense: "CC0-1.0",
  SPDXID: "SPDXRef-DOCUMENT",
  name: "shelflife-\($version)",
  documentNamespace: "urn:shelflife:sbom:\($version):\($sha256)",
  creationInfo: {created: $created, creators: ["Tool: scripts/package"]},
  packages: ([{
    name: "shelflife", SPDXID: "SPDXRef-program", versionInfo: $version, downloadLocation: "NOASSERTION",
    filesAnalyzed: false, primaryPackagePurpose: "APPLICATION", licenseConcluded: "Apache-2.0", licenseDeclared: "Apache-2.0",
    copyrightText: "NOASSERTION", checksums: [{algorithm: "SHA256", checksumValue: $sha256}]
  }] + [$static[] | {
    name, SPDXID: ("static-" + .name | id), versionInfo: $versions[.version], supplier, downloadLocation: "NOASSERTION",
    filesAnalyzed: false, primaryPackagePurpose: "LIBRARY", licenseConcluded: .licence, licenseDeclared: .licence,
    copyrightText: "NOASSERTION", comment: "Linked into the program."
  }] + [$shared[] | {
    name: .package, SPDXID: ("runtime-" + .package | id), downloadLocation: "NOASSERTION",
    filesAnalyzed: false, primaryPackagePurpose: "LIBRARY", licenseConcluded: .licence, licenseDeclared: .licence,
    copyrightText: "NOASSERTION", comment: "Not in the package: the system provides \(.libraries | join(", "))."
  }]),
  relationships: ([{
    spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-program"
  }] + [$static[] | {
    spdxElementId: "SPDXRef-program", relationshipType: "STATIC_LINK", relatedSpdxElement: ("static-" + .name | id)
  }] + [$shared[] | {
    spdxElementId: ("runtime-" + .package | id), relationshipType: "RUNTIME_DEPENDENCY_OF", relatedSpdxElement: "SPDXRef-program"
  }])
}
