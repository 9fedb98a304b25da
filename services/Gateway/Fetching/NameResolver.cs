using System.Net;

namespace GrokForge.Gateway.Fetching;

/// <summary>Resolves a host's name to all its addresses, by the system's resolver unless a test says otherwise.</summary>
internal delegate Task<IPAddress[]> NameResolver(string host, CancellationToken cancellationToken);
