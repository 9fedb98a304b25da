using System.Text.Json.Serialization;

namespace GrokForge.Upstream.GrokWeb.Quotas;

/// <summary>Body of a question for a window; what it calls a model is a mode's name upstream.</summary>
internal sealed record RateLimitQuestion([property: JsonPropertyName("modelName")] string ModelName);

/// <summary>Generated JSON code of <see cref="RateLimitQuestion"/>.</summary>
[JsonSerializable(typeof(RateLimitQuestion))]
internal sealed partial class QuotaJson : JsonSerializerContext;
