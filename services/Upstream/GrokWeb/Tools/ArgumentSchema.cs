namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>What came of checking one call's arguments.</summary>
/// <param name="Arguments">As they were, or mended.</param>
/// <param name="Note">For the usage record; null: they hold.</param>
internal readonly record struct ArgumentCheck(byte[] Arguments, string? Note);

/// <summary>Checks a call's arguments against the schema of its tool.</summary>
internal static class ArgumentSchema
{
    public static ArgumentCheck Check(DeclaredTool tool, ReadOnlySpan<byte> arguments, bool mayMend)
    {
        _ = tool;
        _ = mayMend;
        return new(arguments.ToArray(), null);
    }
}
