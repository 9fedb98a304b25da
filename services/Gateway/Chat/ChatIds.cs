using GrokForge.Contracts.Chat;

namespace GrokForge.Gateway.Chat;

/// <summary>Small values that both forms of an answer share.</summary>
internal static class ChatIds
{
    public static string New() => $"chatcmpl-{Guid.NewGuid():N}";

    public static string ReasonOf(Finished finished) => finished.FinishReason.Length > 0 ? finished.FinishReason : "stop";
}
