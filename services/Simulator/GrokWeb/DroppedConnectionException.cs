namespace GrokForge.Simulator.GrokWeb;

/// <summary>Ends a response without its end: Kestrel sends what was written and closes the connection, but not the last chunk.</summary>
internal sealed class DroppedConnectionException() : Exception("The script drops this connection.");
