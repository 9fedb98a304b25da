using System.Buffers;
using System.Buffers.Text;
using System.Text;
using GrokForge.Contracts.Chat;

namespace GrokForge.Gateway.Chat;

/// <summary>Writes a picture into a text: ![a cat](data:image/png;base64,iVBORw0KGgo…)</summary>
internal static class ImageMarkdown
{
    public static ReadOnlyMemory<byte> Of(Media media)
    {
        // A picture that is kept elsewhere has no address yet.
        if (media.WhereCase != Media.WhereOneofCase.Data)
            return Encoding.UTF8.GetBytes(media.Alt);

        var head = Encoding.UTF8.GetBytes($"![{media.Alt}](data:{media.ContentType};base64,");
        var text = new byte[head.Length + Base64.GetMaxEncodedToUtf8Length(media.Data.Length) + 1];
        head.CopyTo(text, 0);
        var status = Base64.EncodeToUtf8(media.Data.Span, text.AsSpan(head.Length), out _, out var written);
        System.Diagnostics.Debug.Assert(status == OperationStatus.Done, "The room is exactly what the encoding needs.");
        text[head.Length + written] = (byte)')';
        return text.AsMemory(0, head.Length + written + 1);
    }
}
