using System.Text.Json;
using GrokForge.Contracts.Chat;

namespace GrokForge.Upstream.Xai;

/// <summary>The client's body as the API gets it: the model is the API's own, a stream is always asked to tell its usage, a picture always as bytes. Nothing else changes.</summary>
/// <param name="ShowsUsage">Whether the client itself asked for a stream's usage.</param>
internal sealed record XaiRequestBody(byte[] Bytes, bool ShowsUsage)
{
    private static readonly byte[] True = "true"u8.ToArray();
    private static readonly byte[] False = "false"u8.ToArray();
    private static readonly byte[] AsBytes = "\"b64_json\""u8.ToArray();
    private static readonly byte[] WithUsage = "{\"include_usage\":true}"u8.ToArray();

    // Where the body has no such member, it becomes the first one.
    private static readonly byte[] StreamFirst = "\"stream\":true,"u8.ToArray();
    private static readonly byte[] WithUsageFirst = "\"stream_options\":{\"include_usage\":true},"u8.ToArray();
    private static readonly byte[] AsBytesFirst = "\"response_format\":\"b64_json\","u8.ToArray();
    private static readonly byte[] UsageFirst = "\"include_usage\":true,"u8.ToArray();
    private static readonly byte[] UsageOnly = "\"include_usage\":true"u8.ToArray();

    /// <summary>The body of a call that its gateway has found to be a JSON object with a model.</summary>
    public static XaiRequestBody Of(ChatCall call, string model)
    {
        var body = call.OpenaiBody.Span;
        var found = Find(body);
        var edits = new JsonSplice();
        var (isPicture, isStream) = (call.Door == ChatCall.Types.Door.Images, !call.Whole);
        if (isPicture && !found.HasFormat)
            edits.Insert(found.Inside, AsBytesFirst);
        if (isStream && !found.HasStream)
            edits.Insert(found.Inside, StreamFirst);
        if (isStream && !found.HasOptions)
            edits.Insert(found.Inside, WithUsageFirst);

        var name = XaiJson.Quoted(model);
        var shows = false;
        foreach (var member in found.Members)
        {
            switch (member.Name)
            {
                case Member.Model:
                    edits.Replace(member.Start, member.Length, name);
                    break;
                case Member.Format when isPicture:
                    edits.Replace(member.Start, member.Length, AsBytes);
                    break;
                case Member.Stream:
                    edits.Replace(member.Start, member.Length, isStream ? True : False);
                    break;
                case Member.Options when isStream:
                    shows = AskForUsage(body, member, edits);
                    break;
            }
        }

        return new XaiRequestBody(edits.Apply(body), shows);
    }

    /// <returns>Whether the client asks for usage.</returns>
    private static bool AskForUsage(ReadOnlySpan<byte> body, Place options, JsonSplice edits)
    {
        var reader = new Utf8JsonReader(body.Slice(options.Start, options.Length), XaiJson.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            edits.Replace(options.Start, options.Length, WithUsage);
            return false;
        }

        var (isThere, asks, isEmpty) = (false, false, true);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            isEmpty = false;
            var isUsage = reader.ValueTextEquals("include_usage"u8);
            var (start, length) = XaiJson.SkipValue(ref reader);
            if (!isUsage)
                continue;
            (isThere, asks) = (true, body[options.Start + start] == 't');
            if (!asks)
                edits.Replace(options.Start + start, length, True);
        }

        if (!isThere)
            edits.Insert(options.Start + 1, isEmpty ? UsageOnly : UsageFirst);
        return asks;
    }

    private static Found Find(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, XaiJson.Options);
        reader.Read();
        var found = new Found((int)reader.BytesConsumed);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = NameOf(ref reader);
            var (start, length) = XaiJson.SkipValue(ref reader);
            if (name != Member.Other)
                found.Members.Add(new Place(name, start, length));
        }

        return found;
    }

    private static Member NameOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("model"u8) ? Member.Model
        : reader.ValueTextEquals("stream"u8) ? Member.Stream
        : reader.ValueTextEquals("stream_options"u8) ? Member.Options
        : reader.ValueTextEquals("response_format"u8) ? Member.Format
        : Member.Other;

    private enum Member
    {
        Other,
        Model,
        Stream,
        Options,
        Format,
    }

    /// <summary>Where the value of a member stands.</summary>
    private readonly record struct Place(Member Name, int Start, int Length);

    /// <summary>What stands at the top of a body. A member that is there twice is changed twice: which of them counts is for the API to say.</summary>
    /// <param name="Inside">Just behind the opening brace.</param>
    private sealed record Found(int Inside)
    {
        public List<Place> Members { get; } = [];

        public bool HasStream => Has(Member.Stream);

        public bool HasOptions => Has(Member.Options);

        public bool HasFormat => Has(Member.Format);

        private bool Has(Member name)
        {
            foreach (var member in Members)
            {
                if (member.Name == name)
                    return true;
            }

            return false;
        }
    }
}
