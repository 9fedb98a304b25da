using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GrokForge.Gateway.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class ReasoningAndNotes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "reasoning_format",
                table: "gateway_virtual_keys",
                type: "TEXT",
                maxLength: 32,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<int>(
                name: "cached_tokens",
                table: "gateway_usage",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "notes",
                table: "gateway_usage",
                type: "TEXT",
                maxLength: 256,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<int>(
                name: "reasoning_tokens",
                table: "gateway_usage",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "reasoning_format",
                table: "gateway_virtual_keys");

            migrationBuilder.DropColumn(
                name: "cached_tokens",
                table: "gateway_usage");

            migrationBuilder.DropColumn(
                name: "notes",
                table: "gateway_usage");

            migrationBuilder.DropColumn(
                name: "reasoning_tokens",
                table: "gateway_usage");
        }
    }
}
