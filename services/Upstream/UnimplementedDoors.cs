using GrokForge.Contracts.Imagine;

namespace GrokForge.Upstream;

/// <summary>The door of pictures and videos; answers UNIMPLEMENTED.</summary>
internal sealed class UpstreamMediaRpc : UpstreamMedia.UpstreamMediaBase;
