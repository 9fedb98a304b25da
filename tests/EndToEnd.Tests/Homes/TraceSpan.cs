using Google.Protobuf;

namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>One exported span: who did which part of which trace.</summary>
/// <param name="Service">The resource attribute service.name.</param>
/// <param name="Instance">The resource attribute service.instance.id.</param>
internal sealed record TraceSpan(string Service, string Instance, string TraceId, string SpanId, string ParentId, string Name, IReadOnlyDictionary<string, string> Attributes)
{
    // Field numbers of opentelemetry/proto/collector/trace/v1/trace_service.proto and what it imports.
    private const int ResourceSpans = 1, Resource = 1, ScopeSpans = 2, Spans = 2, ResourceAttributes = 1;
    private const int TraceIdField = 1, SpanIdField = 2, ParentIdField = 4, NameField = 5, SpanAttributes = 9;
    private const int Key = 1, Value = 2, StringValue = 1;

    /// <summary>Reads an ExportTraceServiceRequest.</summary>
    public static IEnumerable<TraceSpan> Read(ByteString export) =>
        from perResource in Fields(export, ResourceSpans)
        let resource = Attributed(Fields(perResource, Resource).SelectMany(r => Fields(r, ResourceAttributes)))
        from perScope in Fields(perResource, ScopeSpans)
        from span in Fields(perScope, Spans)
        select new TraceSpan(
            resource.GetValueOrDefault("service.name", ""), resource.GetValueOrDefault("service.instance.id", ""),
            Id(span, TraceIdField), Id(span, SpanIdField), Id(span, ParentIdField),
            Fields(span, NameField).Select(n => n.ToStringUtf8()).FirstOrDefault(""), Attributed(Fields(span, SpanAttributes)));

    private static string Id(ByteString message, int field) => Fields(message, field).Select(id => Convert.ToHexStringLower(id.Span)).FirstOrDefault("");

    // Only texts: numbers, flags and lists are left out.
    private static Dictionary<string, string> Attributed(IEnumerable<ByteString> pairs)
    {
        Dictionary<string, string> attributes = [];
        foreach (var pair in pairs)
        {
            if (Fields(pair, Value).SelectMany(v => Fields(v, StringValue)).FirstOrDefault() is { } text)
                attributes[Fields(pair, Key).First().ToStringUtf8()] = text.ToStringUtf8();
        }

        return attributes;
    }

    /// <summary>The length-delimited values of one field, in their order.</summary>
    private static List<ByteString> Fields(ByteString message, int field)
    {
        List<ByteString> values = [];
        using var input = message.CreateCodedInput();
        while (input.ReadTag() is > 0 and var tag)
        {
            if (tag == WireFormat.MakeTag(field, WireFormat.WireType.LengthDelimited))
                values.Add(input.ReadBytes());
            else
                input.SkipLastField();
        }

        return values;
    }
}
