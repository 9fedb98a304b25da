using GrokForge.Contracts.Imagine;
using GrokForge.Contracts.Quotas;

namespace GrokForge.Upstream;

/// <summary>The door of token probes; answers UNIMPLEMENTED.</summary>
internal sealed class UpstreamProbesRpc : UpstreamProbes.UpstreamProbesBase;

/// <summary>The door of pictures and videos; answers UNIMPLEMENTED.</summary>
internal sealed class UpstreamMediaRpc : UpstreamMedia.UpstreamMediaBase;
