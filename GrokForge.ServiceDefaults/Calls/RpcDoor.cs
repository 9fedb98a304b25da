namespace GrokForge.ServiceDefaults.Calls;

/// <summary>The port on which this process answers RPCs; 0: none.</summary>
internal sealed record RpcDoor(int Port)
{
    public const string Variable = "GROKFORGE_GRPC_PORT";

    public bool IsOpen => Port > 0;
}
