using System.Text.Encodings.Web;
using System.Text.Json;
using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.Gateway.Chat;

/// <summary>Small values that both forms of an answer share.</summary>
internal static class ChatIds
{
    /// <summary>Escapes only what JSON demands; leaves it to the writer's user to write whole values.</summary>
    public static JsonWriterOptions Json { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static string New() => "chatcmpl-" + UniqueId.NewText();
}
